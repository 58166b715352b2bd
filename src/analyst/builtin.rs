//! The built-in analyst: a catalogue and plain code; no model, no network, the same answer every time.
