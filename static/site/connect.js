// Connecting a credential: who waits in another window is told how it went there; and what a
// provider asks for is filled in.
"use strict";

const channel = new BroadcastChannel("conductor-connected");

for (const outcome of document.querySelectorAll("[data-connected]")) {
  channel.postMessage({ id: outcome.dataset.connected, why: outcome.dataset.why });
}

for (const waiting of document.querySelectorAll("[data-connects]")) {
  channel.addEventListener("message", ({ data }) => {
    if (data.id === waiting.dataset.connects && !data.why) location.reload();
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      // Without https browsers keep the clipboard to themselves: it is selected for Ctrl+C.
      field.focus();
      field.select();
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = label), 2000);
  });
}

const choice = document.getElementById("provider");
if (choice) {
  const known = JSON.parse(document.getElementById("providers").textContent);
  const about = document.getElementById("provider-about");
  const kind = document.querySelector("[name=kind]");
  const part = document.getElementById("connecting");
  // What the chosen one has filled in, and nobody has changed since, goes with it.
  let filled = {};

  const fill = () => {
    const provider = known[choice.value];
    const wanted = provider ? { ...provider.fields, hosts: provider.hosts.join("\n") } : {};
    for (const name of new Set([...Object.keys(filled), ...Object.keys(wanted)])) {
      const field = document.querySelector(`[name="${name}"]`);
      if (field && (wanted[name] !== undefined || field.value === filled[name])) {
        field.value = wanted[name] ?? (field.options ? field.options[0].value : "");
      }
    }
    filled = wanted;
    about.replaceChildren();
    if (!provider) return;
    const link = document.createElement("a");
    link.href = provider.register;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.textContent = `Register Conductor at ${provider.title}`;
    about.append(link, ` with the redirect address. ${provider.about}`);
  };
  const show = () => {
    part.hidden = kind.value !== part.dataset.kind;
  };
  choice.addEventListener("change", fill);
  kind.addEventListener("change", show);
  show();
}
