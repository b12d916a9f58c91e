//go:build unix

package main

import (
	"fmt"
	"strings"
)

// bar is one line of a chart. A bar without a class is a heading.
type bar struct {
	label string
	value float64
	class string // "ours", "floor", or "peer"
}

// draw returns an SVG bar chart of data, the largest project.
func draw(results []result) string {
	var data result
	for _, r := range results {
		if r.name == "data" {
			data = r
		}
	}
	return drawBars("Seconds from a warm cache to a layer zip",
		fmt.Sprintf("numpy + pandas + pyarrow, %.0f MB: warm cache to layer zip, seconds", float64(data.unzipped)/1e6),
		[]bar{
			{"lamella build", data.lamella.median, "ours"},
			{"cp + openssl sha256 of the zip", data.copy.median, "floor"},
			{"uv pip install + zip -6", data.uv.median, "peer"},
			{"pip install + zip -9", data.pip.median, "peer"},
		}, seconds)
}

// drawBars returns an SVG chart. The bars are to scale, and each is followed by its value.
// For a peer, the value is followed by the ratio to the preceding bar of class ours.
func drawBars(title, heading string, bars []bar, format func(float64) string) string {
	const (
		left, width = 210, 400
		top, step   = 44, 30
	)
	var b strings.Builder
	height := top + step*len(bars) + 12
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 %d" width="720" height="%d" role="img" aria-labelledby="t">
<title id="t">%s</title>
<style>
text { font: 14px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600 }
.label { text-anchor: end }
.ours { fill: #0a7f4f } .floor { fill: #8c959f } .peer { fill: #57606a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.ours { fill: #3fb950 } .floor { fill: #6e7681 } .peer { fill: #8b949e }
}
</style>
`, height, height, title)
	fmt.Fprintf(&b, "<text class=\"head\" x=\"%d\" y=\"22\">%s</text>\n", 12, heading)
	longest, ours := 0.0, 0.0
	for _, bar := range bars {
		longest = max(longest, bar.value)
	}
	for i, bar := range bars {
		y := top + step*i
		if bar.class == "" {
			fmt.Fprintf(&b, "<text class=\"head\" x=\"%d\" y=\"%d\">%s</text>\n", 12, y+15, bar.label)
			continue
		}
		length := max(1, width*bar.value/longest)
		fmt.Fprintf(&b, "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>", left, y+15, bar.label)
		fmt.Fprintf(&b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" rx=\"2\"/>", bar.class, left+10, y, length)
		value := format(bar.value)
		switch bar.class {
		case "ours":
			ours = bar.value
		case "peer":
			value += ", " + ratio(bar.value/ours)
		}
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\">%s</text>\n", left+18+length, y+15, value)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func ratio(r float64) string {
	if r < 10 {
		return fmt.Sprintf("%.1f ×", r)
	}
	return fmt.Sprintf("%.0f ×", r)
}

func seconds(s float64) string {
	if s < 10 {
		return fmt.Sprintf("%.2f s", s)
	}
	return fmt.Sprintf("%.0f s", s)
}
