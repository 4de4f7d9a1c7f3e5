// Passkeys: the only thing on these pages that a browser cannot do without a script.
//
// A form with data-passkey="create" or "get" asks the browser for a passkey when it is sent, puts the answer into its
// field `credential` and goes on. What to ask for stands in a JSON block on the page (data-options), or is fetched from
// the form's own address (sign-in, where the page does not know whom it speaks to). Forms are hidden until this runs.
(() => {
  "use strict";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  function readOptions(options) {
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) read.excludeCredentials = named(options.excludeCredentials);
    if (options.allowCredentials) read.allowCredentials = named(options.allowCredentials);
    return read;
  }

  function writeCredential(credential) {
    const { response } = credential;
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      answer.attestationObject = text(response.attestationObject);
      answer.transports = response.getTransports ? response.getTransports() : [];
    } else {
      answer.authenticatorData = text(response.authenticatorData);
      answer.signature = text(response.signature);
      if (response.userHandle) answer.userHandle = text(response.userHandle);
    }
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: answer,
    };
  }

  async function findOptions(form) {
    if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  }

  function wish(publicKey, alone) {
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      userVerification: alone ? "required" : "preferred",
    };
  }

  async function ask(form) {
    const found = await findOptions(form);
    const publicKey = readOptions((found.creation_options || found.request_options).publicKey);
    if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey });
    if (form.elements.passwordless) wish(publicKey, form.elements.passwordless.checked);
    return navigator.credentials.create({ publicKey });
  }

  function say(form, words) {
    const place = form.querySelector("[data-passkey-error]");
    place.textContent = words;
    place.hidden = !words;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      say(form, "");
      try {
        form.elements.credential.value = JSON.stringify(writeCredential(await ask(form)));
        form.submit();
      } catch (error) {
        const there = error.name === "InvalidStateError";
        say(form, there ? "This device has a passkey for your account already." : "No passkey was used. You can try again, or use another way.");
      }
    });
  }
})();
