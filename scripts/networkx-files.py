"""Writes networks with networkx and igraph in every format that they and wormsim have, and what they are as JSON.

For each file: the number of nodes and links, and the sorted latencies in ms, as networkx has them; null where the format
holds none, and what networkx reads in GraphML files of others. Usage: networkx-files.py FOLDER [GRAPHML…]
"""

import json
import random
import sys
from pathlib import Path

import igraph
import networkx as nx

folder = Path(sys.argv[1])
draw = random.Random(7)
expected = {}


def said(name, graph, latencies=True):
    """Notes what a file holds."""
    values = sorted(data["latency"] for *_, data in graph.edges(data=True)) if latencies else None
    expected[name] = {"nodes": graph.number_of_nodes(), "links": graph.number_of_edges(), "latencies_ms": values}


def network(directed):
    graph = nx.gnm_random_graph(40, 90, seed=3, directed=directed)
    if directed:
        # A ring, so that all nodes reach each other, and no pair in both directions.
        graph.remove_edges_from([(b, a) for a, b in graph.edges if graph.has_edge(b, a) and a < b])
        graph.add_edges_from((a, (a + 1) % 40) for a in range(40) if not graph.has_edge((a + 1) % 40, a))
    else:
        nx.add_path(graph, range(40))
    for a, b in graph.edges:
        graph[a][b]["latency"] = draw.randint(1, 200) / 2
    return graph


for kind, graph in [("undirected", network(False)), ("directed", network(True))]:
    weighted = graph.copy()
    for *_, data in weighted.edges(data=True):
        data["weight"] = data["latency"]
    bare = weighted.copy()
    for *_, data in bare.edges(data=True):
        del data["latency"]

    nx.write_graphml(graph, folder / f"nx-{kind}.graphml", edge_id_from_attribute=None)
    nx.write_gexf(graph, folder / f"nx-{kind}.gexf")
    nx.write_gml(graph, folder / f"nx-{kind}.gml")
    for edges in ["links", "edges"]:
        text = json.dumps(nx.node_link_data(graph, edges=edges))
        (folder / f"nx-{kind}-{edges}.json").write_text(text)
        said(f"nx-{kind}-{edges}.json", graph)
    for name in ["graphml", "gexf", "gml"]:
        said(f"nx-{kind}.{name}", graph)
    nx.write_pajek(bare, folder / f"nx-{kind}.net")
    said(f"nx-{kind}.net", graph)

    other = igraph.Graph.from_networkx(graph)
    other.vs["name"] = [f"n{place}" for place in range(other.vcount())]
    other.write_graphml(str(folder / f"igraph-{kind}.graphml"))
    other.write_gml(str(folder / f"igraph-{kind}.gml"))
    other.write_dot(str(folder / f"igraph-{kind}.dot"))
    for name in ["graphml", "gml", "dot"]:
        said(f"igraph-{kind}.{name}", graph)
    if kind == "undirected":
        nx.write_edgelist(graph, folder / "nx.edgelist")
        nx.write_edgelist(graph, folder / "nx.csv", delimiter=",", data=["latency"])
        nx.write_weighted_edgelist(weighted, folder / "nx.weighted")
        said("nx.edgelist", graph)
        said("nx.csv", graph)
        said("nx.weighted", graph)
        other.es["weight"] = other.es["latency"]
        other.write_ncol(str(folder / "igraph.ncol"), names="name", weights="weight")
        said("igraph.ncol", graph)
        other.write_edgelist(str(folder / "igraph.edges"))
        said("igraph.edges", graph, latencies=False)
        rows = [[0.0] * 40 for _ in range(40)]
        for a, b, data in graph.edges(data=True):
            rows[a][b] = rows[b][a] = 2 * data["latency"]
        text = "\n".join(" ".join(str(value) for value in row) for row in rows)
        (folder / "round-trips.txt").write_text(text + "\n")
        said("round-trips.txt", graph)
        text = "\n".join(",".join(str(int(value > 0)) for value in row) for row in rows)
        (folder / "adjacency.csv").write_text(text + "\n")
        said("adjacency.csv", graph, latencies=False)

for path in sys.argv[2:]:
    # As a multigraph, so that parallel links count.
    graph = nx.read_graphml(path, force_multigraph=True)
    expected[path] = {"nodes": graph.number_of_nodes(), "links": graph.number_of_edges(), "latencies_ms": None}

print(json.dumps(expected))
