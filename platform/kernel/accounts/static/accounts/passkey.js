// Passkeys: the only part of signing in that needs a script. Without one the buttons stay hidden.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const send = async (address, body) => {
    const answer = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify(body || {}),
    });
    const content = await answer.json().catch(() => ({}));
    // Too long ago: the page that asks to confirm leads back here.
    if (answer.status === 403 && content.next) {
      location.assign(content.next);
      return new Promise(() => {});
    }
    if (!answer.ok) throw new Error(content.error || "");
    return content;
  };
  const named = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

  const get = async (options) => {
    const asked = options.publicKey;
    const made = await navigator.credentials.get({
      publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      clientExtensionResults: {},
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        authenticatorData: text(made.response.authenticatorData),
        signature: text(made.response.signature),
        userHandle: made.response.userHandle ? text(made.response.userHandle) : null,
      },
    };
  };

  const create = async (options) => {
    const asked = options.publicKey;
    const made = await navigator.credentials.create({
      publicKey: {
        ...asked,
        challenge: bytes(asked.challenge),
        user: { ...asked.user, id: bytes(asked.user.id) },
        excludeCredentials: named(asked.excludeCredentials),
      },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      clientExtensionResults: {},
      response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
    };
  };

  document.querySelectorAll("[data-passkey]").forEach((place) => {
    const button = place.querySelector("button");
    const error = place.querySelector("[data-passkey-error]");
    const name = place.querySelector("input[name=name]");
    place.hidden = false;
    button.addEventListener("click", async () => {
      error.hidden = true;
      button.disabled = true;
      try {
        const options = await send(place.dataset.options);
        const made = await (place.dataset.passkey === "create" ? create(options) : get(options));
        if (name) made.name = name.value;
        location.assign((await send(place.dataset.answer, made)).next);
      } catch (problem) {
        // The person closing the browser's window is no error worth a sentence of the browser's own.
        const own = problem.name === "InvalidStateError" ? error.dataset.passkeyKnown : problem.name === "Error" && problem.message;
        error.textContent = own || error.dataset.passkeyError;
        error.hidden = false;
        button.disabled = false;
      }
    });
  });
})();
