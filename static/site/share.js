// Takes the token of a share link out of the address, and posts it.
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const form = document.getElementById("share-form");
if (token) {
  form.elements.token.value = token;
  form.submit();
} else {
  document.getElementById("share-about").textContent =
    "The address has no link in it. Copy it once more, whole, or ask for a new one.";
}
