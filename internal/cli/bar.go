package cli

import (
	"fmt"
	"strings"
)

// bar is a line about work in progress, such as "numpy 2.3.0  ━━━━━━──────────  3.1 of 16.6
// MB  19 %  1.2 MB/s  11 s left".
type bar struct {
	name, short string // short replaces name if there is no room; "" if there is no short name
	done, total int64  // bytes; a total of 0 means unknown
	rate, left  string // "" means unknown
}

const (
	widestBar     = 30 // columns
	narrowestBar  = 6
	narrowestName = 12
)

// drawBars returns a line of at most width characters for each of bars, aligned in columns.
// If there is not enough room, it leaves out, in this order, the bar, the percentage, the
// rate, and the time left. A name that is still too long is shortened in the middle, so that
// a version at the end remains. The bytes always remain.
func drawBars(bars []bar, width int) []string {
	var name, size int
	texts := make([][]string, len(bars))
	names := make([]string, len(bars))
	for i, b := range bars {
		names[i], texts[i] = b.fit(width)
		name = max(name, columns(names[i]))
		size = max(size, columns(texts[i][0]))
	}
	rest := 0 // width of the longest line without its name
	for i := range bars {
		if texts[i][0] != "" {
			texts[i][0] = strings.Repeat(" ", size-columns(texts[i][0])) + texts[i][0]
		}
		rest = max(rest, columns(joined(texts[i])))
	}
	room := width - rest - 2
	name = min(name, max(room, narrowestName))
	graph := min(room-name-2, widestBar)
	lines := make([]string, len(bars))
	for i, b := range bars {
		cells := []string{middle(names[i], name) + strings.Repeat(" ", name-min(name, columns(names[i])))}
		if graph >= narrowestBar && b.total > 0 {
			full := int(min(b.done, b.total) * int64(graph) / b.total)
			cells = append(cells, strings.Repeat("━", full)+strings.Repeat("─", graph-full))
		} else if graph >= narrowestBar && texts[i][0] != "" {
			cells = append(cells, strings.Repeat(" ", graph))
		}
		lines[i] = strings.TrimRight(joined(append(cells, texts[i]...)), " ")
	}
	return lines
}

// fit returns the name and the other cells that fit into width characters beside each other
// and the narrowest bar. The first cell contains the bytes.
func (b bar) fit(width int) (name string, cells []string) {
	size, share, left := "", "", ""
	switch {
	case b.total > 0:
		size, share = formatOf(b.done, b.total), fmt.Sprintf("%5s", percent(b.done, b.total))
	case b.done > 0:
		size = formatBytes(b.done)
	}
	if b.left != "" {
		left = b.left + " left"
	}
	fits := func(spare int) bool {
		return columns(joined(append([]string{name}, cells...)))+spare <= width
	}
	name, cells = b.name, []string{size, share, b.rate, left}
	if !fits(narrowestBar+2) && b.short != "" {
		name = b.short
	}
	if !fits(0) {
		cells[3] = b.left
	}
	for _, i := range []int{1, 2, 3} {
		if !fits(0) {
			cells[i] = ""
		}
	}
	return name, cells
}

// joined joins the cells that are not empty.
func joined(cells []string) string {
	var b strings.Builder
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("  ")
		}
		b.WriteString(cell)
	}
	return b.String()
}

func columns(s string) int { return len([]rune(s)) }

// middle shortens a name to width characters in the middle: "aws-lambda-po… 3.2.0".
func middle(name string, width int) string {
	runes := []rune(name)
	if len(runes) <= width {
		return name
	}
	if width < 1 {
		return ""
	}
	end := 0
	if space := strings.LastIndexByte(name, ' '); space > 0 {
		end = min(columns(name[space:]), max(width-5, 0))
	}
	return string(runes[:width-1-end]) + "…" + string(runes[len(runes)-end:])
}
