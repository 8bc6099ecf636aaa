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
