//! A stream that says nothing: when it is given up, and when silence is nobody's fault.

crate::scenario::scenarios! {
    "/tests/browser/liveness.js"
    a_stream_that_says_nothing_is_given_up_and_asked_for_again
    every_byte_counts_and_so_do_comments
    silence_is_no_failure_unless_it_is_asked_for
    the_wait_for_the_response_is_no_silence
    a_timer_that_fires_far_too_late_finds_the_silence_at_once
    what_happens_to_the_page_after_a_sleep_finds_the_silence_without_a_timer
    the_watch_rests_while_the_client_is_paused
    the_watch_rests_while_an_iterator_takes_its_time
    a_prompt_whose_answer_falls_silent_is_not_sent_again
    a_stream_that_is_over_is_watched_no_longer
    the_browsers_own_timers_find_the_silence_too
    a_clock_that_stands_still_kills_no_stream_that_speaks
    a_clock_that_stands_still_makes_no_burst_of_what_comes_now_and_then
    a_clock_that_stands_still_hides_no_silence
    in_a_burst_the_clocks_are_hardly_looked_at
    silence_after_a_burst_is_found_as_soon_as_after_anything_else
    a_burst_that_ends_when_it_is_noticed_is_seen_to_its_end
    a_word_after_a_burst_counts_as_any_other
    a_sleep_in_a_burst_is_noticed
    a_pause_in_a_burst_is_no_silence
    a_burst_is_over_with_its_stream
    a_client_that_disconnects_in_a_burst_leaves_no_timer
    a_burst_before_the_network_went_is_no_word_since
    without_timers_a_burst_is_looked_at_chunk_by_chunk
}
