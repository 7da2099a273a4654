// Draws the description of the API; what is tried out there carries the page's own token against forged requests.
const place = document.getElementById("api-description");
const { settings, csrf } = place.dataset;
globalThis.SwaggerUIBundle({
  ...JSON.parse(settings),
  domNode: place,
  docExpansion: "list",
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    if (csrf) request.headers["X-CSRFToken"] = csrf;
    return request;
  },
});
