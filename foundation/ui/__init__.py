"""How pages look: layouts, components, tokens, template tags and small scripts."""
