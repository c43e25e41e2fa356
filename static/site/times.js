// Shows the moments of a page in the reader's own time; the exact instant stays as their title.
(() => {
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const formats = {
    minutes: { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" },
    seconds: { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" },
    clock,
    millis: { ...clock, fractionalSecondDigits: 3 },
  };

  function show() {
    for (const time of document.querySelectorAll("time[data-local]")) {
      const moment = new Date(time.dateTime);
      const format = formats[time.dataset.local];
      if (format && !Number.isNaN(moment.getTime())) time.textContent = moment.toLocaleString(undefined, format);
    }
  }

  document.addEventListener("conductor:fresh", show);
  show();
})();
