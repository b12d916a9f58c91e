package functions

import (
	"strings"

	"github.com/lamella-build/lamella/store"
)

// Manager is the tool that manages a function, according to its tags.
type Manager struct {
	Tool  string `json:"tool"`            // name of the tool, such as "CloudFormation", "AWS SAM", "Terraform", or "Chalice"
	Stack string `json:"stack,omitempty"` // name of the CloudFormation stack
}

// managers maps words in the value of a tag to tools.
var managers = []struct{ word, tool string }{
	{"terraform", "Terraform"}, {"opentofu", "OpenTofu"}, {"pulumi", "Pulumi"}, {"cloudformation", "CloudFormation"},
	{"serverless", "Serverless Framework"}, {"zappa", "Zappa"}, {"lambroll", "lambroll"}, {"cdk", "AWS CDK"},
}

// managerTags are the names, in lower case and without separators, of tags whose value is
// the tool that manages a resource.
var managerTags = map[string]bool{"managedby": true, "createdby": true, "provisioner": true, "provisionedby": true, "deployedby": true, "iac": true, "iactool": true}

// managerOf returns the tool that manages a function, or nil if the function's tags name
// none. Terraform and some other tools set no tags of their own.
func managerOf(f store.Function) *Manager {
	if stack := f.Tags["aws:cloudformation:stack-name"]; stack != "" {
		if f.Tags["lambda:createdBy"] == "SAM" {
			return &Manager{"AWS SAM", stack}
		}
		return &Manager{"CloudFormation", stack}
	}
	if f.Tags["aws-chalice"] != "" {
		return &Manager{Tool: "Chalice"}
	}
	for name, value := range f.Tags {
		plain := strings.ToLower(strings.NewReplacer("-", "", "_", "", ":", "", " ", "").Replace(name))
		value = strings.ToLower(value)
		for _, m := range managers {
			if managerTags[plain] && strings.Contains(value, m.word) || plain == m.word && value != "" && value != "false" && value != "no" {
				return &Manager{Tool: m.tool}
			}
		}
	}
	return nil
}

func (m Manager) String() string {
	if m.Stack != "" {
		return m.Tool + " (stack " + m.Stack + ")"
	}
	return m.Tool
}

// drift returns a warning about what the tool's next run does to a function that moves away
// from version from, which is 0 if the function did not have the layer.
func (m Manager) drift(function string, from int64) string {
	version, stack := "version "+decimal(from)+" of the layer", m.Tool+" stack "+m.Stack
	switch {
	case m.Stack != "" && from > 0:
		return stack + " still uses " + version + " for function " + function + ", and the next stack update will switch the function back to that version; do not delete " + version
	case m.Stack != "":
		return stack + " does not set the layer for function " + function + ", so the next stack update that changes the function will remove the layer"
	case m.Tool == "Chalice" || m.Tool == "Zappa":
		return "the next deployment with " + m.Tool + " will replace the layers of function " + function + " with those in its configuration"
	case from == 0:
		return "the next run of " + m.Tool + " will remove the layer from function " + function
	}
	return "the next run of " + m.Tool + " will set function " + function + " back to " + version
}
