// Shows those fields of a form that matter to what is chosen in another one.
"use strict";

for (const choice of document.querySelectorAll("select[data-fields]")) {
  const fields = JSON.parse(choice.dataset.fields);
  const every = new Set(Object.values(fields).flat());

  function show() {
    const wanted = new Set(fields[choice.value] || []);
    for (const name of every) {
      const row = document.querySelector(`.form-row.field-${name}`);
      if (row) row.hidden = !wanted.has(name) && !row.querySelector(".errorlist");
    }
  }

  choice.addEventListener("change", show);
  show();
}
