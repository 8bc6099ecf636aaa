// The few things that only the browser knows.
window.autodev = {
  isDark: () => {
    const kept = localStorage.getItem('autodev.dark');
    const dark = kept === null ? matchMedia('(prefers-color-scheme: dark)').matches : kept === 'true';
    autodev.show(dark);
    return dark;
  },
  keepDark: dark => {
    localStorage.setItem('autodev.dark', dark);
    autodev.show(dark);
  },
  show: dark => {
    document.documentElement.classList.toggle('dark', dark);
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  },
  // Of this page: what was written in fields whose names begin so has been sent or taken back.
  forget: name => Object.keys(sessionStorage).filter(k => k.startsWith(draft(name))).forEach(k => sessionStorage.removeItem(k)),
  copy: async text => {
    try { await navigator.clipboard.writeText(text); return true; } catch { return false; }
  },
};

// Keys: a page marks its rows by data-row, what a key presses by data-key, and the field for a reason by data-reason.
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea, select, dialog, [role=alertdialog]')) return;
  const rows = [...document.querySelectorAll('[data-row]')];
  const at = rows.indexOf(document.activeElement);
  if (e.key === '?') document.getElementById('keys')?.showModal();
  else if (e.key === 'j' && rows.length > 0) rows[Math.min(at + 1, rows.length - 1)].focus();
  else if (e.key === 'k' && rows.length > 0) rows[Math.max(at - 1, 0)].focus();
  else if (e.key === 'o' && at >= 0) rows[at].click();
  else {
    const pressed = e.key.length === 1 ? document.querySelector(`[data-key="${CSS.escape(e.key)}"]`) : null;
    if (!pressed) return;
    if (pressed.disabled) document.querySelector('[data-reason]')?.focus();
    else pressed.click();
  }
  e.preventDefault();
});

// What somebody writes into a field with data-draft is kept in this tab, so that a lost connection, a reload or a restart of the Console costs nobody their words.
// A field that goes while its page stays has been sent or taken back; one that goes with its page waits for it.
const draft = name => `draft ${location.pathname} ${name}`;
const drafts = new Map();
const isBox = field => field.type === 'checkbox';
document.addEventListener('input', e => {
  if (!e.target.dataset?.draft) return;
  sessionStorage.setItem(draft(e.target.dataset.draft), isBox(e.target) ? e.target.checked : e.target.value);
}, true);
const tend = () => {
  for (const [field, key] of drafts) {
    if (field.isConnected) continue;
    drafts.delete(field);
    if (key.startsWith(draft('')) && ![...drafts.values()].includes(key)) sessionStorage.removeItem(key);
  }
  for (const field of document.querySelectorAll('[data-draft]')) {
    const key = draft(field.dataset.draft);
    if (drafts.get(field) === key) continue;
    drafts.set(field, key);
    const kept = sessionStorage.getItem(key);
    if (kept === null || kept === (isBox(field) ? `${field.checked}` : field.value)) continue;
    if (isBox(field)) field.checked = kept === 'true';
    else field.value = kept;
    for (const event of ['input', 'change']) field.dispatchEvent(new Event(event, { bubbles: true }));
  }
};
new MutationObserver(tend).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-draft'] });

// A lost connection: tried again by itself, again when the page is looked at, and by hand. A circuit that is gone for good is begun anew by loading the page.
const bar = document.getElementById('components-reconnect-modal');
const reconnect = async () => {
  if (document.visibilityState !== 'visible') return;
  try {
    if (!await Blazor.reconnect() && !await Blazor.resumeCircuit()) location.reload();
  } catch { /* nobody is there yet */ }
};
bar?.addEventListener('components-reconnect-state-changed', e => {
  if (e.detail.state === 'rejected') location.reload();
  else if (e.detail.state === 'failed') document.addEventListener('visibilitychange', reconnect);
  else document.removeEventListener('visibilitychange', reconnect);
});
document.getElementById('reconnect')?.addEventListener('click', reconnect);
