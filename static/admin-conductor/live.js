// A list shows what has come since, as long as nobody is about to do something in it.
"use strict";

const EVERY = 4000;
const READ = 15_000; // milliseconds in which somebody reads what an action has said

function rows(page) {
  const list = page.querySelector("#changelist-form");
  return list ? (list.querySelector("#result_list tbody")?.innerHTML ?? "") : null;
}

function isInUse() {
  if (document.hidden || document.querySelector(".action-select:checked")) return true;
  if (document.querySelector(".messagelist") && performance.now() < READ) return true;
  return document.querySelector(":focus-visible, select:focus") || !getSelection().isCollapsed;
}

async function look() {
  if (isInUse()) return;
  const answer = await fetch(location.href);
  if (!answer.ok || answer.redirected) return;
  const now = rows(new DOMParser().parseFromString(await answer.text(), "text/html"));
  // Drawn anew as a whole: the admin's own script holds on to the boxes that it has found.
  if (now !== null && now !== rows(document) && !isInUse()) location.reload();
}

if (rows(document) !== null) {
  // While the server is away there is nothing new to show.
  setInterval(() => look().catch(() => undefined), EVERY);
}
