// A form with one file in it is sent as soon as the file is chosen.
for (const input of document.querySelectorAll("input[data-send-at-once]")) {
  input.addEventListener("change", () => input.files.length && input.form.requestSubmit());
}

// A file that is dropped anywhere on the page is taken as if it was chosen in the form for files.
const receiver = document.querySelector("input[data-dropped-files]");
if (receiver) {
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (on) => document.body.classList.toggle("is-dropping", on);
  window.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  window.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(false);
    receiver.files = event.dataTransfer.files;
    receiver.form.requestSubmit();
  });
}
