// WebAuthn's two ceremonies: a form that says data-security-key="create" or "get" is sent once a key has answered.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(how, { publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (how === "create") {
    options.user = { ...options.user, id: bytes(options.user.id) };
    options.excludeCredentials = named(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }
  options.allowCredentials = named(options.allowCredentials);
  return navigator.credentials.get({ publicKey: options });
}

function told(key) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (key.response[part]) response[part] = text(key.response[part]);
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response });
}

for (const form of document.querySelectorAll("form[data-security-key]")) {
  const complain = form.querySelector("[data-failed]");
  const say = (words) => {
    complain.textContent = words;
    complain.hidden = !words;
  };
  form.addEventListener("submit", async (event) => {
    const key = form.elements.namedItem("key");
    if (key.value) return;
    event.preventDefault();
    say("");
    if (!window.PublicKeyCredential) return say(complain.dataset.missing);
    try {
      const options = JSON.parse(document.getElementById("key-options").textContent);
      key.value = told(await ask(form.dataset.securityKey, options));
    } catch {
      return say(complain.dataset.failed);
    }
    form.submit();
  });
}
