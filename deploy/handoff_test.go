package deploy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/spec"
)

func handedOff() []Published {
	arn := func(region, name string) string {
		return "arn:aws:lambda:" + region + ":123456789012:layer:" + name + ":3"
	}
	layer := func(name, region, parameter string) spec.Layer {
		return spec.Layer{Name: name, Runtime: "python3.13", Destination: spec.Destination{To: "s3://b/" + name, Region: region, SSMParameter: parameter}}
	}
	return []Published{
		{Layer: layer("web-api", "eu-west-1", "/layers/web-api"), ARN: arn("eu-west-1", "web-api"), Version: 3, Latest: true},
		{Layer: layer("filled", "eu-west-1", "/layers/{region}/{account}/{layer}"), ARN: arn("eu-west-1", "filled"), Version: 3, Latest: true},
		{Layer: layer("old", "eu-west-1", "/layers/old"), ARN: arn("eu-west-1", "old"), Version: 3}, // not the latest
		{Layer: layer("web_api", "eu-west-1", ""), ARN: arn("eu-west-1", "web_api"), Version: 3, Latest: true},
		{Layer: layer("9", "eu-west-1", ""), ARN: arn("eu-west-1", "9"), Version: 3, Latest: true},
	}
}

// TestHandoff: every format names every version once, by the parameter where that holds
// it and by the ARN elsewhere.
func TestHandoff(t *testing.T) {
	versions := handedOff()
	for _, format := range HandoffFormats() {
		data, err := Handoff(format, versions)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, v := range versions {
			byParameter := v.Latest && v.Layer.SSMParameter != ""
			switch format {
			case "json", "env", "tfvars", "terraform-external":
				byParameter = false
			}
			want, not := v.ARN, strings.NewReplacer("{region}", "eu-west-1", "{account}", "123456789012", "{layer}", v.Layer.Name).Replace(v.Layer.SSMParameter)
			if byParameter {
				want, not = not, want
			}
			if !strings.Contains(text, want) || not != "" && strings.Contains(text, not) {
				t.Errorf("%s lacks %s or has %s:\n%s", format, want, not, text)
			}
		}
	}
	if _, err := Handoff("none", versions); catalogue.KindOf(err) != fault.Usage || !strings.Contains(strings.Join(fault.Hints(err), ""), strings.Join(HandoffFormats(), ", ")) {
		t.Errorf("unknown: %v", err)
	}
}

// TestTerraformExternal: the protocol takes an object of strings and nothing else.
func TestTerraformExternal(t *testing.T) {
	data, err := Handoff("terraform-external", handedOff())
	var values map[string]string
	if err != nil || json.Unmarshal(data, &values) != nil || values["web-api"] != handedOff()[0].ARN || values["web-api.version"] != "3" || len(values) != 10 {
		t.Errorf("%v: %s", err, data)
	}
}

func TestIdentifier(t *testing.T) {
	for key, want := range map[string]string{"web": "WebLayer", "web-api_2/eu-west-1": "WebApi2EuWest1Layer", "9": "L9Layer", "--": "Layer"} {
		if got := identifier(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
