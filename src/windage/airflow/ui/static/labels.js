// Keys press the page's own buttons: 1–9 a label, s skip, u undo, o another label, Enter start, q stop.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.repeat) return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.matches("button, a")) return;
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches("input")) pressed.focus();
  else pressed.click();
});

// A second press while an answer is on its way must not answer the next question.
document.addEventListener("submit", (event) => {
  if (document.body.dataset.sent) event.preventDefault();
  document.body.dataset.sent = "yes";
});
addEventListener("pageshow", () => delete document.body.dataset.sent);
