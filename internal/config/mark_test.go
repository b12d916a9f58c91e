package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// PowerShell and Notepad begin a file with a byte order mark and end its lines with \r\n.
func TestReadWithMark(t *testing.T) {
	const keys = "runtime = \"python3.12\"\r\nexclude = [\r\n  \"**/tests/**\",\r\n]\r\n[[HEADlayer]]\r\nname = \"web\"\r\n"
	for file, content := range map[string]string{
		"lamella.toml":   strings.Replace(keys, "HEAD", "", 1),
		"pyproject.toml": "[tool.lamella]\r\n" + strings.Replace(keys, "HEAD", "tool.lamella.", 1),
	} {
		src, err := Read(makeProject(t, map[string]string{file: "\xef\xbb\xbf" + content}))
		want := Settings{Runtime: OneOrMore{"python3.12"}, Exclude: []string{"**/tests/**"}, Layer: []Settings{{Name: "web"}}}
		if err != nil || !reflect.DeepEqual(src.Settings, want) {
			t.Errorf("%s: %+v, %v", file, src.Settings, err)
		}
		// A mistake in the first line has its column as an editor shows it.
		_, err = Read(makeProject(t, map[string]string{file: "\xef\xbb\xbf" + strings.Replace("HEADruntim = \"python3.12\"\r\n", "HEAD", map[string]string{"pyproject.toml": "tool.lamella."}[file], 1)}))
		if catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), file+":1:1: ") {
			t.Errorf("%s: %v", file, err)
		}
	}
	for file, content := range map[string]string{
		"pyproject.toml":  "[project]\r\nname = \"web\"\r\nrequires-python = \">=3.12\"\r\n",
		"pylock.toml":     "requires-python = \">=3.12\"\r\n",
		"Pipfile":         "[requires]\r\npython_version = \"3.12\"\r\n",
		".python-version": "3.12\r\n",
	} {
		p := ReadProject(makeProject(t, map[string]string{file: "\xef\xbb\xbf" + content}))
		if p.SuggestRuntime([]string{"python3.11", "python3.12", "python3.13"}) != "python3.12" || file == "pyproject.toml" && p.Name != "web" {
			t.Errorf("%s: %+v", file, p)
		}
	}
}
