// A form with one file in it is sent as soon as the file is chosen.
for (const input of document.querySelectorAll("input[data-send-at-once]")) {
  input.addEventListener("change", () => input.files.length && input.form.requestSubmit());
}
