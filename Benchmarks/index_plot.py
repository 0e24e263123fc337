"""A plot of recall against queries a CPU-second as SVG, without a library: panels for pictures and texts."""
import math

WIDTH, HEIGHT, LEFT, TOP, GAP = 380, 300, 64, 58, 70
LOWEST = 0.80
SERIES = {  # colour and marker; who is not here is not drawn
    "nftopia": ("#1a56db", "circle"), "faiss": ("#c2410c", "square"), "hnswlib": ("#0f766e", "diamond"),
    "usearch": ("#7c3aed", "triangle"), "symphonyqg": ("#57606a", "cross"),
}


def marker(shape, x, y, colour):
    r = 4
    points = {"diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)), "triangle": ((0, -5), (4.6, 4), (-4.6, 4))}
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    if shape == "square":
        return f'<rect x="{x - r + .5:.1f}" y="{y - r + .5:.1f}" width="7" height="7" fill="{colour}"/>'
    if shape == "cross":
        return (f'<path d="M{x - r:.1f} {y - r:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2" fill="none"/>')
    return f'<polygon points="{" ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in points[shape])}" fill="{colour}"/>'


def text(x, y, words, size=12, anchor="start", colour="#24292f", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{extra}>{words}</text>'


def panel(title, series, left, low, high):
    """`series`: name to (recall, queries a second) of what is measured; `low`, `high`: powers of ten."""
    def place(recall, rate):
        # Towards 1 recall gets dearer by ratios of what is missing, but 1 itself has no logarithm: so plainly linear.
        return (left + (recall - LOWEST) / (1 - LOWEST) * WIDTH,
                TOP + HEIGHT - (math.log10(rate) - low) / (high - low) * HEIGHT)

    parts = [f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="#fff" stroke="#8c959f"/>',
             text(left + WIDTH / 2, TOP - 10, title, 14, "middle", extra=' font-weight="600"')]
    for step in range(5):
        recall = LOWEST + step * (1 - LOWEST) / 4
        x = place(recall, 10 ** low)[0]
        parts += [f'<path d="M{x:.1f} {TOP}v{HEIGHT}" stroke="#d8dee4"/>',
                  text(x, TOP + HEIGHT + 18, f"{recall:.2f}", anchor="middle")]
    for power in range(low, high + 1):
        for factor in (1, 2, 5):
            rate = factor * 10 ** power
            if rate > 10 ** high:
                break
            y = place(LOWEST, rate)[1]
            parts.append(f'<path d="M{left} {y:.1f}h{WIDTH}" stroke="{"#d8dee4" if factor == 1 else "#eff2f5"}"/>')
            parts.append(text(left - 8, y + 4, f"{rate:,}", 12 if factor == 1 else 10, "end",
                              "#24292f" if factor == 1 else "#57606a"))
    for target in (.90, .95, .99):
        x = place(target, 10 ** low)[0]
        parts.append(f'<path d="M{x:.1f} {TOP}v{HEIGHT}" stroke="#8c959f" stroke-dasharray="3 4"/>')
    parts.append(text(left + WIDTH / 2, TOP + HEIGHT + 38, "recall@10", anchor="middle"))
    for name, points in series.items():
        colour, shape = SERIES[name]
        points = sorted(point for point in points if point[0] >= LOWEST)
        places = [place(*point) for point in points]
        if len(places) > 1:
            parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" '
                         f'stroke="{colour}" stroke-width="{2.5 if name == "nftopia" else 1.5}"/>')
        parts += [marker(shape, x, y, colour) for x, y in places]
    return parts


def plot(vectors, panels):
    """`panels`: title to series."""
    rates = [rate for series in panels.values() for points in series.values() for recall, rate in points
             if recall >= LOWEST]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    width, height = LEFT + 2 * WIDTH + GAP + 20, TOP + HEIGHT + 84
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             'font-family="system-ui, sans-serif" role="img" aria-label="Recall and speed of vector indexes">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>',
             text(LEFT, 24, f"Queries a CPU-second, {vectors:,} vectors; up and to the right is better", 14)]
    for number, (title, series) in enumerate(panels.items()):
        parts += panel(title, series, LEFT + number * (WIDTH + GAP), low, high)
    x = LEFT
    for name in [name for name in SERIES if any(name in series for series in panels.values())]:
        parts += [marker(SERIES[name][1], x + 6, height - 22, SERIES[name][0]), text(x + 18, height - 18, name)]
        x += 110
    return "\n".join(parts + ["</svg>"]) + "\n"
