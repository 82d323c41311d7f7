// Airflow's choice of light or dark, also inside its frame; and links out of the frame into Airflow's own pages.
"use strict";

function chosenTheme() {
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    return null;
  }
  return chosen === "dark" || chosen === "light" ? chosen : null;
}

function applyTheme() {
  const root = document.documentElement;
  const chosen = chosenTheme();
  root.classList.toggle("dark", chosen === "dark");
  root.classList.toggle("light", chosen === "light");
  document.dispatchEvent(new Event("windage:theme"));
}

applyTheme();
addEventListener("storage", applyTheme);

const airflow = (() => {
  try {
    return window.parent !== window && window.parent.location.origin === location.origin ? window.parent : null;
  } catch {
    return null;
  }
})();

if (airflow) {
  document.documentElement.classList.add("framed");
  // A change of theme in the same tab raises no storage event: Airflow's own class says so.
  new MutationObserver(applyTheme).observe(airflow.document.documentElement, { attributeFilter: ["class", "style"] });
}

addEventListener("DOMContentLoaded", () => {
  document.cookie = `windage_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone};path=/;samesite=strict`;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-airflow]");
    if (!link || !airflow || event.metaKey || event.ctrlKey) return;
    // The frame may not navigate its parent, but Airflow's router listens to its own history.
    event.preventDefault();
    airflow.history.pushState({}, "", new URL(link.href).pathname);
    airflow.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  });
});
