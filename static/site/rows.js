// The menu of a row: at the pointer by the right button, or at the row's own button.
const menu = document.getElementById("row-menu");
let opener = null;

function openAt(row, x, y) {
  menu.querySelector("[data-row-open]").href = row.dataset.open;
  const share = menu.querySelector("[data-row-share]");
  share.hidden = !row.dataset.share;
  share.href = row.dataset.share ?? "";
  menu.showPopover();
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  menu.querySelector("a").focus();
}

for (const row of document.querySelectorAll("tr[data-open]")) {
  row.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, input")) return; // a link keeps the browser's own menu
    event.preventDefault();
    opener = row.querySelector("[data-row-menu]");
    openAt(row, event.clientX, event.clientY);
  });
  row.querySelector("[data-row-menu]").addEventListener("click", (event) => {
    opener = event.currentTarget;
    const { left, bottom } = opener.getBoundingClientRect();
    openAt(row, left, bottom + 4);
  });
}
menu.addEventListener("keydown", (event) => {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    event.preventDefault();
    menu.hidePopover();
  }
  if (!way) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("a:not([hidden])")];
  items[(items.indexOf(document.activeElement) + way + items.length) % items.length].focus();
});
menu.addEventListener("toggle", (event) => event.newState === "closed" && opener?.focus());
