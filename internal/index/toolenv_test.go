package index

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// privates are two indexes, each with a package and a password of its own.
func privates(t *testing.T) (main, corp *testindex.Server) {
	folders := [2]string{t.TempDir(), t.TempDir()}
	testindex.MakeWheel(t, folders[0], "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"})
	testindex.MakeWheel(t, folders[1], "corp", "1.0", "py3-none-any", map[string]string{"corp.py": "x = 1\n"})
	main, corp = testindex.Start(t, folders[0]), testindex.Start(t, folders[1])
	main.RequireUser("me", "pass w/or:d@1")
	corp.RequireUser("bot", "s3cret")
	return main, corp
}

// TestToolEnvReachesIndexes: the real tools fetch from both indexes, with nothing
// but the environment to tell them where and how.
func TestToolEnvReachesIndexes(t *testing.T) {
	main, corp := privates(t)
	env := environment{"UV_INDEX_CORP_USERNAME": "bot", "UV_INDEX_CORP_PASSWORD": "s3cret"}
	mainURL := strings.Replace(main.Index, "://", "://me:pass%20w%2For%3Ad%401@", 1)
	s := Settings{URL: mainURL, Indexes: []Index{{Name: "corp", URL: corp.Index}}, Keychain: NewKeychain(env.get)}
	for tool, args := range map[Tool][]string{
		UV:  {"uv", "pip", "install", "--no-cache", "--python", testenv.Tool(t, "python"), "--target"},
		Pip: {"pip", "install", "--no-cache-dir", "--target"},
	} {
		t.Run(string(tool), func(t *testing.T) {
			te, err := s.ToolEnv(t.Context(), tool)
			if err != nil {
				t.Fatal(err)
			}
			home := t.TempDir()
			cmd := exec.CommandContext(t.Context(), testenv.Tool(t, args[0]), append(args[1:], filepath.Join(home, "out"), "demo", "corp")...)
			cmd.Env = append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "PIP_CONFIG_FILE=" + os.DevNull, "UV_NO_CONFIG=1"}, te.Vars...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, file := range []string{"demo.py", "corp.py"} {
				if _, err := os.Stat(filepath.Join(home, "out", file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestToolEnv(t *testing.T) {
	env := environment{"UV_INDEX_CORP_LIB_USERNAME": "bot", "UV_INDEX_CORP_LIB_PASSWORD": "s3cret",
		"POETRY_HTTP_BASIC_OTHER_USERNAME": "o", "POETRY_HTTP_BASIC_OTHER_PASSWORD": "p w"}
	s := Settings{
		URL: "https://me:pa%2Fss@index.example/simple", ExtraURLs: []string{"https://corp.example/simple"},
		Named:     []Index{{Name: "corp-lib", URL: "https://corp.example/simple"}, {Name: "other", URL: "https://other.example/simple"}},
		FindLinks: []string{"/wheels", "https://links.example/a"}, Keychain: NewKeychain(env.get),
	}
	tests := map[Tool]string{
		UV: `UV_DEFAULT_INDEX=https://me:pa%2Fss@index.example/simple
UV_INDEX=corp-lib=https://corp.example/simple
UV_INDEX_CORP_LIB_USERNAME=bot
UV_INDEX_CORP_LIB_PASSWORD=s3cret
UV_INDEX_OTHER_USERNAME=o
UV_INDEX_OTHER_PASSWORD=p w
UV_FIND_LINKS=/wheels,https://links.example/a
machine corp.example login bot password s3cret
machine index.example login me password pa/ss
machine other.example login o password "p w"
`,
		Pip: `PIP_INDEX_URL=https://me:pa%2Fss@index.example/simple
PIP_EXTRA_INDEX_URL=https://bot:s3cret@corp.example/simple
PIP_FIND_LINKS=/wheels https://links.example/a
machine corp.example login bot password s3cret
machine index.example login me password pa/ss
machine other.example login o password "p w"
`,
		Poetry: `POETRY_HTTP_BASIC_CORP_LIB_USERNAME=bot
POETRY_HTTP_BASIC_CORP_LIB_PASSWORD=s3cret
POETRY_HTTP_BASIC_OTHER_USERNAME=o
POETRY_HTTP_BASIC_OTHER_PASSWORD=p w
machine corp.example login bot password s3cret
machine other.example login o password "p w"
`,
	}
	for tool, want := range tests {
		got, err := s.ToolEnv(t.Context(), tool)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got.Vars, "\n") + "\n" + got.Netrc; text != want {
			t.Errorf("%s: got\n%swant\n%s", tool, text, want)
		}
	}
	s.NoIndex = true
	if got, err := s.ToolEnv(t.Context(), Pip); err != nil || strings.Join(got.Vars, " ") != "PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels https://links.example/a" {
		t.Errorf("%q, %v", got.Vars, err)
	}
}

// TestToolEnvRefuses: no tool can send a bearer token.
func TestToolEnvRefuses(t *testing.T) {
	env := environment{"LAMELLA_INDEX_CORP_TOKEN": "s3cret"}
	s := Settings{Indexes: []Index{{Name: "corp", URL: "https://corp.example/simple"}}, Keychain: NewKeychain(env.get)}
	for _, tool := range []Tool{UV, Pip, Poetry} {
		_, err := s.ToolEnv(t.Context(), tool)
		if catalogue.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "LAMELLA_INDEX_CORP_TOKEN") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", tool, err)
		}
	}
}
