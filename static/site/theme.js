// Puts the theme that was chosen on the page before anything is drawn; the editor keeps the same key.
(() => {
  const key = "conductor-theme";
  const root = document.documentElement;
  const chosen = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is switched off: the system's wish holds
    }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(chosen());
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
    show(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // it holds for this page
    }
  });
})();
