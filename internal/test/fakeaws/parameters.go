package fakeaws

import (
	"encoding/json"
	"net/http"
	"regexp"
)

type parameter struct{ Name, Type, Value string }

// SetParameter makes a parameter of Systems Manager, of the type "String" or
// another one.
func (s *Server) SetParameter(name, kind, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[name] = parameter{name, kind, value}
}

// ParameterValue returns the value of a parameter, "" if there is none.
func (s *Server) ParameterValue(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parameters[name].Value
}

func (s *Server) parameter(r *http.Request, op string) (string, func() reply) {
	return op, func() reply {
		var in struct {
			parameter
			Overwrite      bool
			AllowedPattern string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return failure(true, 400, "SerializationException", err.Error())
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		p, there := s.parameters[in.Name]
		switch {
		case op == "GetParameter" && !there:
			return failure(true, 400, "ParameterNotFound", "")
		case op == "GetParameter":
			return answer(200, map[string]any{"Parameter": p})
		case op != "PutParameter":
			return failure(true, 400, "UnknownOperationException", "")
		case there && !in.Overwrite:
			return failure(true, 400, "ParameterAlreadyExists", "")
		}
		if ok, _ := regexp.MatchString(in.AllowedPattern, in.Value); !ok {
			return failure(true, 400, "ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern")
		}
		s.parameters[in.Name] = in.parameter
		return answer(200, map[string]any{"Version": 1})
	}
}
