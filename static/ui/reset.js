// The code of a message stands behind the address's "#", which no server sees: into the form with it.
const place = document.querySelector("[data-from-address]");
const field = place.querySelector("input");
if (location.hash.length > 1) {
  field.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
place.hidden = field.value !== "";
