package lock

import "testing"

// A caller's variables are used in place of the process's, in every format that has
// variables, and in the files that a requirements file takes in.
func TestParserGetenv(t *testing.T) {
	t.Setenv("LOCK_TEST_HOST", "process.example")
	const hash = " --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
	dir := write(t, map[string]string{
		"nested.txt": "--index-url https://${LOCK_TEST_HOST}/simple\nsix==1.17.0" + hash,
	})
	for name, content := range map[string]string{
		"requirements.txt": "--index-url https://${LOCK_TEST_HOST}/simple\nsix==1.17.0" + hash,
		"outer.txt":        "-r nested.txt\n",
		"Pipfile.lock":     `{"_meta":{"pipfile-spec":6,"sources":[{"name":"a","url":"https://${LOCK_TEST_HOST}/simple","verify_ssl":true}]},"default":{},"develop":{}}`,
	} {
		for _, c := range []struct {
			getenv func(string) string
			host   string
		}{
			{nil, "process.example"},
			{func(name string) string { return map[string]string{"LOCK_TEST_HOST": "caller.example"}[name] }, "caller.example"},
			{func(string) string { return "" }, "${LOCK_TEST_HOST}"},
		} {
			l, err := Parser{Getenv: c.getenv}.Parse(dir+"/"+name, []byte(content))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			url := l.IndexURL
			if url == "" && len(l.Indexes) > 0 {
				url = l.Indexes[0].URL
			}
			if want := "https://" + c.host + "/simple"; url != want {
				t.Errorf("%s: %q, want %q", name, url, want)
			}
		}
	}
}
