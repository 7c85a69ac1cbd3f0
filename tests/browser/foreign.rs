//! Streams that are none.

crate::scenario::scenarios! {
    "/tests/browser/foreign.js"
    something_else_than_an_event_stream_is_an_error_that_shows_it
    an_event_stream_without_events_ends_as_ever
    an_event_stream_that_brings_no_events_for_a_day_ends_as_ever
    something_else_is_found_while_the_client_is_paused
    it_is_not_asked_for_again_and_loops_throw
    only_its_beginning_is_kept
    a_stream_that_breaks_is_a_network_failure_whatever_it_held
    each_stream_of_a_client_is_looked_at_by_itself
}
