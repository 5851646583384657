// The view "What if" asks without leaving the page: so nothing typed is lost, whatever the answer is. Without this script
// the form works as any other.
"use strict";
const form = document.getElementById("edit");
const text = document.getElementById("text");
const nights = document.getElementById("nights");
const shown = () => document.getElementById("answer");
const KEPT = "tides what if";

// What was typed stays with this tab: also when a link, a login or the back button leads away and back.
function keep() {
  try { sessionStorage.setItem(KEPT, JSON.stringify({ name: form.elements.function.value, text: text.value, nights: nights.value })); } catch { /* no room, no right */ }
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
}

function forget() {
  try { sessionStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
}

function say(words) {
  const said = document.createElement("p");
  said.textContent = words;
  said.setAttribute("role", "status");
  shown().replaceChildren(said);
  return said;
}

// Puts the place to write at the beginning of a line, and marks it.
function toLine(number) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  text.setAttribute("aria-invalid", "true");
  text.focus();
  text.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
}

function show(answer) {
  shown().replaceWith(document.adoptNode(answer));
  text.removeAttribute("aria-invalid");
  const line = shown().querySelector("[data-line]")?.dataset.line;
  if (line) toLine(Number(line));
  else shown().querySelector("#result")?.focus();
  offerPatch();
}

// Buttons beside the patch: to copy it, and to save it.
function offerPatch() {
  const patch = document.getElementById("patch");
  if (!patch) return;
  const copier = document.createElement("button");
  copier.type = "button";
  copier.className = "second";
  copier.textContent = "Copy the patch";
  copier.dataset.copy = patch.textContent;
  copier.dataset.copied = "the patch";
  const copied = document.createElement("span");
  copied.id = "copied";
  copied.setAttribute("role", "status");
  const save = document.createElement("button");
  save.type = "button";
  save.className = "second";
  save.textContent = "Save it as a file";
  save.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([patch.textContent], { type: "text/x-diff" }));
    link.download = `${form.elements.function.value}.patch`;
    link.click();
  });
  const beside = document.createElement("p");
  beside.append(copier, " ", save, " ", copied);
  patch.after(beside);
}

if (form) {
  let asking = false;
  form.addEventListener("input", keep);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // A second click asks nothing: the answer to the first one is still to come.
    if (asking) return;
    asking = true;
    keep();
    say("Judging what is stored …");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById("answer");
      if (found) show(found);
      else if (answer.status === 401) say("Your session with Airflow has ended. What you typed is kept here: log in to Airflow in another tab, then ask again.");
      else say(`${[...page.querySelectorAll("main h1, main p")].map((each) => each.textContent.trim()).join(" ")} What you typed is kept here.`);
      if (answer.ok) history.replaceState(null, "", `what-if?${new URLSearchParams({ function: form.elements.function.value, nights: nights.value })}`);
    } catch {
      say("The page did not answer. What you typed is kept here: ask again.");
    }
    asking = false;
  });
  const before = kept();
  // The answer to a form that was sent without this script has its own text.
  if (before && before.name === form.elements.function.value && before.text !== text.value && !document.getElementById("result")) {
    const inForce = text.value;
    text.value = before.text;
    nights.value = before.nights;
    const back = document.createElement("button");
    back.type = "button";
    back.className = "second";
    back.textContent = "Take the text in force";
    back.addEventListener("click", () => { text.value = inForce; forget(); say("The text is the one in force."); text.focus(); });
    say("What you typed before is here again. ").append(back);
  }
  offerPatch();
}
