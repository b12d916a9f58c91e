package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	blocks = regexp.MustCompile("(?ms)^```.*?^```$")
	noWord = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Every relative link leads to a file, and to a heading of it.
func TestLinks(t *testing.T) {
	eachPage(t, func(page string, content []byte) {
		for _, match := range link.FindAllSubmatch(blocks.ReplaceAll(content, nil), -1) {
			target := string(match[1])
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, fragment, _ := strings.Cut(target, "#")
			path := filepath.Join(testenv.Root(), filepath.Dir(page), file)
			if file == "" {
				path = filepath.Join(testenv.Root(), page)
			}
			linked, err := os.ReadFile(path)
			if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil || fragment != "" && !hasAnchor(linked, fragment) {
				t.Errorf("%s: the link %s leads nowhere", page, target)
			}
		}
	})
}

// hasAnchor reports whether a page has a heading of that anchor, as GitHub makes it.
func hasAnchor(content []byte, anchor string) bool {
	for _, h := range header.FindAllSubmatch(blocks.ReplaceAll(content, nil), -1) {
		text := noWord.ReplaceAllString(strings.ToLower(string(h[1])), "")
		if strings.ReplaceAll(text, " ", "-") == anchor {
			return true
		}
	}
	return false
}

// llms.txt, which coding agents read, lists every page of docs/.
func TestListForAgents(t *testing.T) {
	list, err := os.ReadFile(filepath.Join(testenv.Root(), "llms.txt"))
	if err != nil {
		t.Fatal(err)
	}
	eachPage(t, func(page string, content []byte) {
		title, _, _ := strings.Cut(strings.TrimPrefix(string(content), "# "), "\n")
		if entry := "- [" + title + "](" + filepath.ToSlash(page) + ")\n"; page != "README.md" && !strings.Contains(string(list), entry) {
			t.Errorf("llms.txt lacks the line\n%s", entry)
		}
	})
}
