package imports_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// profile has two modules, the names of which HTML has to escape.
func profile() *imports.Profile {
	return &imports.Profile{Target: "python3.13/x86_64", Modules: []string{"</script><b>"}, Start: 0.1, Seconds: 0.9, Loaded: 3,
		Tree: []*imports.Module{{Name: "first", Total: 0.7, Own: 0.2, Distribution: "one", Imports: []*imports.Module{
			{Name: "</script><script>document.title='bad'</script>", Total: 0.4, Own: 0.4, Distribution: "two", Start: 0.1},
			{Name: "first.small", Total: 0.1, Own: 0.1, Failed: true, Start: 0.5}}},
			{Name: "last", Total: 0.2, Own: 0.2, Start: 0.7, Compiled: true}},
		Cost: []imports.Cost{{Distribution: "two", Modules: 1, Own: 0.4}}, Lazy: []imports.Saving{}, Exclude: []imports.Saving{}}
}

func page(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "imports.html")
	if err := profile().WriteHTML(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The page asks for nothing from elsewhere, and what it shows cannot become a part of it.
func TestHTMLIsSelfContained(t *testing.T) {
	text := page(t)
	if found := regexp.MustCompile(`(?i)https?:|\bsrc=|\bhref=|url\(|@import|\bfetch\(|XMLHttp`).FindString(text); found != "" {
		t.Errorf("the page has %q", found)
	}
	if n := strings.Count(text, "</script>"); n != 2 {
		t.Errorf("%d script elements end, want 2", n)
	}
	if strings.Contains(text, "{{") {
		t.Error("a part of the page was not filled in")
	}
	data := regexp.MustCompile(`(?s)<script id="data"[^>]*>(.*?)</script>`).FindStringSubmatch(text)
	var p imports.Profile
	if data == nil || json.Unmarshal([]byte(data[1]), &p) != nil || len(p.Tree) != 2 || p.Tree[0].Imports[0].Name != profile().Tree[0].Imports[0].Name {
		t.Errorf("the data are not the profile: %.200q", data)
	}
}

// steps work the chart by keys and write down where they lead.
const steps = `<script>
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const seen = ["bars " + document.querySelectorAll(".bar").length];
const note = what => seen.push(what + " " + JSON.stringify(document.activeElement.dataset.module) + " of " + document.querySelectorAll(".bar").length);
document.querySelector('.bar[tabindex="0"]').focus(); note("focus");
press("ArrowDown"); note("down");
press("ArrowRight"); note("right");
press("ArrowLeft"); press("Enter"); note("enter");
press("ArrowDown"); press("ArrowRight"); note("child");
press("Escape"); note("escape");
press("Home"); note("home");
press("/"); const find = document.getElementById("find");
seen.push("slash " + (document.activeElement === find));
find.value = "SMALL"; find.dispatchEvent(new Event("input")); seen.push("found " + document.getElementById("found").textContent);
press("Enter"); note("go");
document.title = "seen: " + seen.join("; ");
</script></body>`

// A real browser draws the chart, and it works with the keyboard.
func TestHTMLInBrowser(t *testing.T) {
	testenv.Needs(t, testenv.Chromium, "chromium", "no chromium (Debian: apt install chromium)")
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(strings.Replace(page(t), "</body>", steps, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	browser := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--window-size=1000,800", "--dump-dom", "file://"+path)
	browser.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := browser.Output()
	if err != nil {
		t.Fatal(err)
	}
	title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(string(out))
	want := `seen: bars 5; focus "" of 5; down "first" of 5; right "last" of 5; enter "first" of 3; child "first.small" of 3; ` +
		`escape "" of 5; home "" of 5; slash true; found 1 module; go "first.small" of 5`
	if title == nil || title[1] != want {
		t.Errorf("the page did\n%q, want\n%q", title, want)
	}
	for _, expected := range []string{`role="treeitem"`, `aria-label="last: 200 ms, 20.0 % of the start, own 200 ms, compiled from source"`} {
		if !strings.Contains(string(out), expected) {
			t.Errorf("the page has no %s", expected)
		}
	}
}
