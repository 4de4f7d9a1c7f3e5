'use strict'

SwaggerUIBundle({
  url: document.currentScript.dataset.schema,
  dom_id: '#api',
  deepLinking: true,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null, // nobody outside is told what stands here
})
