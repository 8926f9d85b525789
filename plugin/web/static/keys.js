// Comfort only: j and k move between rows, x ticks one, a accepts, Enter opens it. Nothing depends on it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
  const rows = [...document.querySelectorAll("table.work tbody tr")];
  if (!rows.length && !document.querySelector("[data-key=a]")) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const target = (row) => row && (row.querySelector("input[type=checkbox]") || row.querySelector("a"));
  if (event.key === "j" || event.key === "k") {
    const next = target(rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : at < 0 ? 1 : -1)))]);
    if (next) { next.focus(); event.preventDefault(); }
  } else if (event.key === "x" && at >= 0) {
    const box = rows[at].querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; event.preventDefault(); }
  } else if (event.key === "a") {
    const accept = (at >= 0 ? rows[at] : document).querySelector("[data-key=a]");
    if (accept) { accept.click(); event.preventDefault(); }
  } else if (event.key === "Enter" && at >= 0 && event.target.type === "checkbox") {
    const link = rows[at].querySelector("a");
    if (link) { link.click(); event.preventDefault(); }
  }
});

// A one-time sign-in stands behind "#", which no browser sends; it is put into the form and removed from the address.
const ticket = document.getElementById("ticket");
if (ticket && location.hash.length > 1) {
  ticket.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

// A password may be looked at while it is typed; it is masked again before it is sent.
for (const reveal of document.querySelectorAll(".reveal")) {
  const box = reveal.querySelector("input"), form = reveal.closest("form");
  const fields = form.querySelectorAll("input[type=password]");
  const show = (seen) => fields.forEach((field) => { field.type = seen ? "text" : "password"; });
  reveal.hidden = false;
  box.addEventListener("change", () => show(box.checked));
  form.addEventListener("submit", () => show(false));
}
