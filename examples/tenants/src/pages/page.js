// Reads the orders of each tenant once a second, and shows what this page can read.
const { api } = document.documentElement.dataset;
document.getElementById("origin").textContent = location.origin;

async function read(row) {
  const result = row.querySelector(".result");
  try {
    const response = await fetch(`${api}/t/${row.dataset.tenant}/orders`, { credentials: "include" });
    const { orders } = await response.json();
    result.textContent = orders.map((order) => order.item).join(", ") || "no orders";
    row.dataset.result = "read";
  } catch {
    result.textContent = "The browser does not let this page read the response.";
    row.dataset.result = "refused";
  }
}

for (;;) {
  await Promise.all([...document.querySelectorAll("tr[data-tenant]")].map(read));
  document.body.dataset.round = Number(document.body.dataset.round ?? 0) + 1;
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
