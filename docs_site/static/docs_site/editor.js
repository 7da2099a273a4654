// Rich text over plain textareas: what is typed stays in the textarea, the server cleans it.
const tell = (section) => section.querySelector('textarea').dispatchEvent(new Event('input', { bubbles: true }));

function around(area, name) {
  let node = document.getSelection()?.anchorNode;
  while (node && node !== area) {
    if (node.nodeType === 1 && node.matches(name)) return node;
    node = node.parentNode;
  }
  return null;
}

function insert(area, html) {
  area.focus();
  document.execCommand('insertHTML', false, html);
}

const actions = {
  heading(area) {
    document.execCommand('formatBlock', false, around(area, 'h3') ? 'p' : 'h3');
  },
  tick(area) {
    const item = around(area, 'li');
    if (!item) {
      insert(area, '<ul><li class="todo">…</li></ul>');
    } else if (item.classList.contains('todo')) {
      item.className = 'done';
    } else if (item.classList.contains('done')) {
      item.removeAttribute('class');
    } else {
      item.className = 'todo';
    }
  },
  table(area) {
    insert(area, '<table><thead><tr><th>…</th><th>…</th><th>…</th></tr></thead><tbody><tr><td>…</td><td>…</td><td>…</td></tr></tbody></table><p><br></p>');
  },
  row(area) {
    const row = around(area, 'tr');
    if (!row) return;
    const fresh = document.createElement('tr');
    for (let count = 0; count < row.cells.length; count += 1) fresh.insertCell().textContent = '…';
    const body = row.closest('table').tBodies[0] ?? row.closest('table').createTBody();
    if (row.parentNode === body) row.after(fresh);
    else body.prepend(fresh);
  },
  link(area, button) {
    const address = window.prompt(button.dataset.ask, 'https://');
    if (!address || !/^(https?:\/\/|mailto:)\S+$/i.test(address)) return;
    if (document.getSelection().isCollapsed) {
      const link = document.createElement('a');
      link.href = address;
      link.textContent = address;
      insert(area, link.outerHTML);
    } else {
      document.execCommand('createLink', false, address);
    }
  },
};

function dress(section) {
  const area = section.querySelector('[data-docs-area]');
  const text = section.querySelector('textarea');
  const bar = section.querySelector('.docs-toolbar');
  area.contentEditable = 'true';
  area.setAttribute('role', 'textbox');
  area.setAttribute('aria-multiline', 'true');
  area.setAttribute('aria-label', text.getAttribute('aria-label'));
  area.hidden = false;
  bar.hidden = false;
  text.hidden = true;
  const keep = () => {
    text.value = area.innerHTML;
    tell(section);
  };
  area.addEventListener('input', keep);
  area.addEventListener('paste', (event) => {
    const html = event.clipboardData.getData('text/html');
    if (html) return; // the server cleans what rich sources bring
    event.preventDefault();
    document.execCommand('insertText', false, event.clipboardData.getData('text/plain'));
  });
  area.addEventListener('drop', (event) => event.preventDefault());
  bar.addEventListener('mousedown', (event) => event.preventDefault());
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('[data-do]');
    if (!button) return;
    if (!area.contains(document.getSelection()?.anchorNode)) area.focus();
    if (actions[button.dataset.do]) actions[button.dataset.do](area, button);
    else document.execCommand(button.dataset.do, false);
    keep();
  });
}

function start(form) {
  const list = form.querySelector('[data-docs-sections]');
  document.execCommand('styleWithCSS', false, false);
  document.execCommand('defaultParagraphSeparator', false, 'p');
  list.querySelectorAll('[data-docs-section]').forEach(dress);
  form.querySelector('[data-docs-add]')?.addEventListener('click', () => {
    const copy = form.querySelector('[data-docs-blank]').content.firstElementChild.cloneNode(true);
    list.append(copy);
    dress(copy);
    copy.querySelector('[name=heading]').focus();
    tell(copy);
  });
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-docs-up], [data-docs-down], [data-docs-remove]');
    if (!button) return;
    const section = button.closest('[data-docs-section]');
    const item = section.closest('.docs-conflict') ?? section;
    if (button.matches('[data-docs-up]')) item.previousElementSibling?.before(item);
    else if (button.matches('[data-docs-down]')) item.nextElementSibling?.after(item);
    else {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      tell(section);
      item.remove();
      next?.querySelector('[name=heading]')?.focus();
      return;
    }
    tell(section);
    button.focus();
  });
}

document.querySelectorAll('[data-docs-editor]').forEach(start);
