const list = document.querySelector('ul');
const form = document.querySelector('form');

async function show() {
  const { notes } = await (await fetch('/api/notes')).json();
  list.replaceChildren(...notes.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })));
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch('/api/notes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), text: new FormData(form).get('text') }),
  });
  form.reset();
  await show();
});

await show();
