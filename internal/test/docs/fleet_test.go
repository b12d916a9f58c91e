package docs

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

func example(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "examples", "fleet", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// states are the states of a machine in the Amazon States Language, as far as they are
// looked at.
type states struct {
	StartAt string
	States  map[string]struct {
		Type, Next, Resource string
		End                  bool
		ItemProcessor        *states
		MaxConcurrency       int
	}
}

// check demands that each state exists that another one names, and that each ends or goes on.
func (s states) check(t *testing.T) {
	t.Helper()
	if _, ok := s.States[s.StartAt]; !ok {
		t.Errorf("there is no state %q to start at", s.StartAt)
	}
	for name, state := range s.States {
		if _, ok := s.States[state.Next]; ok == state.End {
			t.Errorf("%s: next is %q, end is %t", name, state.Next, state.End)
		}
		if state.Type == "Task" && state.Resource == "" || state.Type == "Map" && (state.ItemProcessor == nil || state.MaxConcurrency == 0) {
			t.Errorf("%s is not complete", name)
		}
		if state.ItemProcessor != nil {
			state.ItemProcessor.check(t)
		}
	}
}

func TestStateMachine(t *testing.T) {
	var machine states
	data := example(t, "state-machine.json")
	if err := json.Unmarshal(data, &machine); err != nil {
		t.Fatal(err)
	}
	machine.check(t)
	var job struct {
		Type                string
		ContainerProperties struct{ Command []string }
	}
	if err := json.Unmarshal(example(t, "batch-job-definition.json"), &job); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(job.ContainerProperties.Command, " "); job.Type != "container" || got != "lamella deploy --shard auto" {
		t.Errorf("%s job: %s", job.Type, got)
	}
	parts := regexp.MustCompile(`States.ArrayRange\(1, (\d+), 1\)`).FindSubmatch(data)
	total := regexp.MustCompile(`States.Format\('\{\}/(\d+)'`).FindSubmatch(data)
	if parts == nil || total == nil || string(parts[1]) != string(total[1]) {
		t.Errorf("the parts are not those of the total: %q, %q", parts, total)
	}
}

// TestPipelines: the files are YAML, and their jobs together are all parts.
func TestPipelines(t *testing.T) {
	read := func(name string, into any) {
		t.Helper()
		command := exec.Command(testenv.Tool(t, "python"), "-c", "import json, sys, yaml; json.dump(yaml.load(sys.stdin, yaml.BaseLoader), sys.stdout)")
		command.Stdin = strings.NewReader(string(example(t, name)))
		out, err := command.Output()
		if err == nil {
			err = json.Unmarshal(out, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var github struct {
		Jobs map[string]struct {
			Strategy struct{ Matrix struct{ Shard []string } }
			Steps    []struct{ Run string }
		}
	}
	read("github.yml", &github)
	apply := github.Jobs["apply"]
	if got := apply.Steps[len(apply.Steps)-1].Run; got != "lamella apply plan.json --shard ${{ matrix.shard }}/${{ strategy.job-total }}" ||
		strings.Join(apply.Strategy.Matrix.Shard, " ") != "1 2 3 4" {
		t.Errorf("shards %v: %s", apply.Strategy.Matrix.Shard, got)
	}
	var gitlab struct {
		Apply struct {
			Parallel string
			Script   []string
		}
	}
	read("gitlab.yml", &gitlab)
	if gitlab.Apply.Parallel == "" || strings.Join(gitlab.Apply.Script, " ") != "lamella apply plan.json --shard auto" {
		t.Errorf("%+v", gitlab.Apply)
	}
}
