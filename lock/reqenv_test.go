package lock

import (
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// TestVariableInErrors: an error has a variable as it is written, not its value, which may be
// a secret.
func TestVariableInErrors(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"TOKEN": "s3cret", "HEX": strings.Repeat("g", 64)}[name]
	}
	for _, line := range []string{
		"six==1.0 ${TOKEN}", "six==${TOKEN}!", "six==1.0 ; ${TOKEN}", `six==1.0 ; python_version > "${TOKEN}" or ${TOKEN}`, "six[${TOKEN}==1.0",
		"six==1.0 --hash=sha256:${TOKEN}", "six==1.0 --hash=${HEX}:${TOKEN}", "-r ${TOKEN}.txt", "-c ${TOKEN}", "-r https://h.example/${TOKEN}", "./${TOKEN}.whl", "--${TOKEN}", "six @ ftp://h.example/${TOKEN}.whl", "git+${TOKEN}",
	} {
		_, err := Parser{Getenv: getenv}.Parse(t.TempDir()+"/requirements.txt", []byte(line+"\n"))
		if err == nil {
			t.Errorf("%s: no error", line)
			continue
		}
		text := strings.Join(append(append(fault.Details(err), fault.Hints(err)...), err.Error()), "\n")
		if strings.Contains(text, "s3cret") || strings.Contains(text, "ggg") || !strings.Contains(text, "${") {
			t.Errorf("%s: %s", line, text)
		}
	}
}

// TestVariableBound: with its variables, a line is not longer than another one can be.
func TestVariableBound(t *testing.T) {
	getenv := func(string) string { return strings.Repeat("x", 100_000) }
	for name, line := range map[string]string{
		"one, often": strings.Repeat("${A}", 10_000),
		"many":       "${A}${B}${C}${D}${E}${F}${G}${H}${I}${J}${K}${L}${M}${N}${O}${P}${Q}${R}${S}${T}${U}",
		"in an URL":  "-i https://index.example/" + strings.Repeat("${A}/", 30),
	} {
		_, err := Parser{Getenv: getenv}.Parse(t.TempDir()+"/requirements.txt", []byte(line+"\n"))
		if err == nil || !strings.Contains(err.Error(), "lamella's limit") {
			t.Errorf("%s: %.200v", name, err)
		}
	}
	if _, err := (Parser{Getenv: getenv}).Parse(t.TempDir()+"/requirements.txt", []byte("-i https://index.example/${A}\n")); err != nil {
		t.Errorf("once: %.200v", err)
	}
}
