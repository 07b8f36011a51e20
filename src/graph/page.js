for (const svg of document.querySelectorAll("svg")) {
  const edges = [...svg.querySelectorAll(".edge")];
  const show = (node) => {
    const own = node.dataset.node;
    const near = new Set([own]);
    for (const edge of edges) {
      const joined = edge.dataset.from === own || edge.dataset.to === own;
      edge.classList.toggle("near", joined);
      if (joined) near.add(edge.dataset.from).add(edge.dataset.to);
    }
    for (const other of svg.querySelectorAll(".node")) other.classList.toggle("near", near.has(other.dataset.node));
    svg.classList.add("busy");
  };
  for (const node of svg.querySelectorAll(".node")) {
    for (const event of ["mouseenter", "focus"]) node.addEventListener(event, () => show(node));
    for (const event of ["mouseleave", "blur"]) node.addEventListener(event, () => svg.classList.remove("busy"));
  }
}
