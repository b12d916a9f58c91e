package command

import (
	"bytes"
	"regexp"
	"strings"
)

// maxLine is the maximum number of bytes of a line that are kept.
const maxLine = 2000

// lines splits a program's output into lines as they arrive.
type lines struct {
	emit    func(line string)
	hide    func(line string) string // nil hides nothing
	longest int                      // bytes of the longest text that is hidden
	last    []string                 // at most lastLines lines, without empty ones
	partial []byte                   // at most maxLine + longest bytes of the line that has not ended yet
}

// Write never fails.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		// Progress bars return to the beginning of the line without ending it.
		i := bytes.IndexAny(p, "\r\n")
		part := p
		if i >= 0 {
			part = p[:i]
		}
		l.partial = append(l.partial, part[:min(len(part), maxLine+l.longest-len(l.partial))]...)
		if i < 0 {
			return n, nil
		}
		l.flush()
		p = p[i+1:]
	}
}

// flush ends the line.
func (l *lines) flush() {
	line, cut := clean(string(l.partial)), len(l.partial) == maxLine+l.longest
	l.partial = l.partial[:0]
	if l.hide != nil {
		line = l.hide(line)
		if cut { // it may end within a secret
			line = strings.ToValidUTF8(line[:max(0, len(line)-l.longest)], "")
		}
		if len(line) > maxLine {
			line = strings.ToValidUTF8(line[:maxLine], "")
		}
	}
	line = strings.TrimRight(line, " \t")
	if line == "" {
		return
	}
	l.emit(line)
	l.last = append(l.last, line)
	if len(l.last) > lastLines {
		l.last = append(l.last[:0], l.last[len(l.last)-lastLines:]...)
	}
}

var (
	escapes  = regexp.MustCompile("\x1b(\\[[0-9;?]*[ -/]*[@-~]|\\][^\x07]*\x07|[@-_])")
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s'"]*@`)
)

// clean removes user names and passwords in URLs, colours, and other control sequences from
// a program's output.
func clean(text string) string {
	text = escapes.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "")
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	return userinfo.ReplaceAllString(text, "$1")
}
