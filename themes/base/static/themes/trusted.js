// Trusted Types: text becomes markup only where htmx has fetched it from this host, and never becomes a script.
// The policy is known to nobody but htmx. There is no default one, so that a plain string is refused everywhere else.
"use strict";
(() => {
  if (!window.htmx || !window.trustedTypes) return;
  const policy = trustedTypes.createPolicy("portico", {
    createHTML: (markup) => markup,
    createScript: (source) => {
      if (source.trim()) throw new TypeError("What is fetched into a page brings no script.");
      return "";
    },
  });
  htmx.registerExtension("portico-trusted", { init: (inside) => inside.initSecurity(policy) });
})();
