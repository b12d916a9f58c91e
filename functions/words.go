package functions

import (
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/internal/number"
)

// inWords lists settings in words, such as "code, memory size, and layers other than deps".
// Lambda's names of settings are capitalized words, such as MemorySize. What contains spaces
// is already in words.
func inWords(settings []string) string {
	words := make([]string, len(settings))
	for i, name := range settings {
		if known, ok := settingNames[name]; ok {
			words[i] = known
		} else if words[i] = name; !strings.Contains(name, " ") {
			words[i] = strings.ToLower(strings.TrimSpace(capital.ReplaceAllString(name, " $0")))
		}
	}
	return number.And(words)
}

// capital matches a capital at which a word in the name of a setting begins.
var capital = regexp.MustCompile(`[A-Z][a-z]`)

// settingNames are the names of settings whose words are not those of the field in Lambda's
// API.
var settingNames = map[string]string{
	"DeadLetterConfig":  "dead-letter queue",
	"Environment":       "environment variables",
	"FileSystemConfigs": "file systems",
	"KMSKeyArn":         "KMS key",
	"LoggingConfig":     "logging",
	"SnapStart":         "SnapStart",
	"TracingConfig":     "tracing",
	"VpcConfig":         "VPC",
}
