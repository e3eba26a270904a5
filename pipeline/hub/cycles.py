"""Which nodes of a graph reach each other: its strongly connected components, by Tarjan's algorithm.

scipy has the same (`connected_components`), but takes 0.15 s of CPU time to import, half of what a stage needs to
start, in each of six stages, and cycles are few: the Hub of July 2024 has seven, of two to four models. So
`pipeline.hub.graph` takes away first, level by level, what has no cycle above it or none below it, and what is left is
walked here, node by node.

Drawback: a microsecond or two a node and edge, so a snapshot whose every repository lay on a cycle would take seconds.
"""

from pipeline.hub.adjacency import Adjacency


def strong_components(graph: Adjacency) -> list[int]:
    """For each node the smallest node of its component, itself if it is alone in it.

    No recursion: cycles may be longer than a stack is deep.
    """
    upcoming, ends = graph.starts[:-1].tolist(), graph.starts[1:].tolist()  # of each node, where its next neighbour is
    neighbours = graph.targets.tolist()
    n = len(ends)
    met, lowest = [-1] * n, [0] * n  # when each was met; the earliest that it leads back to
    found = [-1] * n  # the smallest of its component, once that is complete
    count = 0
    open_nodes: list[int] = []  # met, but their component is not complete
    for first in range(n):
        path = [first] if met[first] < 0 else []
        while path:
            node = path[-1]
            if met[node] < 0:
                met[node] = lowest[node] = count
                count += 1
                open_nodes.append(node)
            if upcoming[node] < ends[node]:
                neighbour = neighbours[upcoming[node]]
                upcoming[node] += 1
                if met[neighbour] < 0:
                    path.append(neighbour)
                elif found[neighbour] < 0:
                    lowest[node] = min(lowest[node], met[neighbour])
                continue
            path.pop()
            if path:
                lowest[path[-1]] = min(lowest[path[-1]], lowest[node])
            if lowest[node] == met[node]:  # it leads to nothing earlier, so all that are open since are its component
                members: list[int] = []
                while not members or members[-1] != node:
                    members.append(open_nodes.pop())
                smallest = min(members)
                for member in members:
                    found[member] = smallest
    return found
