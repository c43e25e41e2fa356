// Shows of a webhook's fields those that matter to the authentication that is chosen.
"use strict";

(() => {
  const choice = document.getElementById("id_authentication");
  if (!choice || !choice.dataset.fields) return;
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
})();
