// Keeps the page of a run that goes on up to date: an event wakes it, and it reads the page again.
(() => {
  const shown = () => document.getElementById("run");
  if (!shown()?.hasAttribute("data-live")) return;
  const quietly = 700; // the least time between two readings
  let reading = false;
  let wanted = false;
  let delay = 500;

  async function read() {
    if (reading) {
      wanted = true;
      return;
    }
    reading = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.ok) replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // the socket reconnects and asks again
    }
    setTimeout(() => {
      reading = false;
      if (wanted) {
        wanted = false;
        void read();
      }
    }, quietly);
  }

  function replace(page) {
    const fresh = page.getElementById("run");
    if (!fresh) return;
    const open = shown().querySelector("details")?.open;
    const details = fresh.querySelector("details");
    if (details && open) details.open = true;
    shown().replaceWith(fresh);
    document.dispatchEvent(new Event("conductor:fresh"));
  }

  function connect() {
    const run = shown();
    if (!run.hasAttribute("data-live")) return;
    const address = new URL("/ws/", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.onopen = () => {
      delay = 500;
      const after = Number(run.dataset.seq);
      socket.send(JSON.stringify({ type: "subscribe", run: run.dataset.run, after }));
    };
    socket.onmessage = () => {
      if (shown().hasAttribute("data-live")) void read();
      else socket.close();
    };
    socket.onclose = () => {
      if (shown().hasAttribute("data-live")) setTimeout(connect, delay);
      delay = Math.min(delay * 2, 15_000);
    };
  }
  connect();
})();
