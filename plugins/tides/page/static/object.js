// Copies what stands beside a button. The clipboard needs a secure context: without one, the text is selected instead.
"use strict";

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const status = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(source.textContent);
    status.textContent = `Copied: ${source.textContent}`;
  } catch {
    select(source);
    status.textContent = "Selected: copy it with the keys of your system.";
  }
});
