//! Streams that come one event at a time.

crate::scenario::scenarios! {
    "/tests/browser/singles.js"
    a_chunk_means_what_it_means_amid_others
    such_a_chunk_never_enters_wasm
    a_stream_may_begin_with_a_single_event_or_a_mark
    every_stream_begins_anew
    the_last_event_id_stays
    no_event_is_beyond_the_limit
    a_large_event_is_one_all_the_same
    a_listener_may_pause_at_any_of_them
    a_listener_may_disconnect_or_reconnect_at_any_of_them
    a_client_that_is_paused_between_two_of_them_waits
    of_a_stream_that_was_given_up_nothing_comes_back
    listeners_that_come_and_go_are_heeded
    what_does_not_parse_is_an_error
    a_listener_that_throws_keeps_none_from_coming
}
