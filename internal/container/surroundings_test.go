package container

import "testing"

func TestSurroundingsOfTheCaller(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://process.example")
	t.Setenv("NO_PROXY", "")
	var own, callers Run
	own.AddSurroundings(nil)
	callers.AddSurroundings(func(name string) string { return map[string]string{"NO_PROXY": "caller.example"}[name] })
	if own.Secrets["HTTPS_PROXY"] != "http://process.example" || len(callers.Secrets) != 1 || callers.Secrets["NO_PROXY"] != "caller.example" {
		t.Errorf("got %v and %v", own.Secrets, callers.Secrets)
	}
}
