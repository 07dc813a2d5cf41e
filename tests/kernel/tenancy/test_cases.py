"""Each case in which stock django-tenants failed open, and each hole, with the test that shows ours closed.

The lists are those of the trials: STACK section 4.3, TENANCY section 3, and what SECURITY-REQUIREMENTS calls measured.
"""

import re

import pytest

from config.runtime.home import CHECKOUT

HERE = "kernel/tenancy"
CASES: dict[str, list[str]] = {
    # --- STACK 4.3: what stock showed
    "a table is missing, the hospital is half migrated": [
        f"{HERE}/test_backend.py::test_a_missing_table_is_an_error_and_never_another_schemas_table",
    ],
    "the schema does not exist": [
        f"{HERE}/test_backend.py::test_a_schema_that_does_not_exist_is_an_error_and_the_connection_stays_usable",
        f"{HERE}/test_backend.py::test_a_schema_whose_tables_are_all_gone_answers_with_an_error",
    ],
    "a pool of threads inside a page": [
        f"{HERE}/test_requests.py::test_a_raw_thread_inside_a_page_reads_nothing",
        f"{HERE}/test_backend.py::test_threads_without_a_scope_read_nothing",
    ],
    "sync_to_async(thread_sensitive=False)": [
        f"{HERE}/test_async.py::test_work_handed_to_another_thread_keeps_its_hospital",
    ],
    "a task that was sent without a hospital": [
        f"{HERE}/test_tasks.py::test_a_task_cannot_be_sent_without_a_hospital",
        f"{HERE}/test_tasks.py::test_a_hospitals_task_with_no_or_a_wrong_header_is_not_run",
        "isolation/test_tasks.py::test_a_task_without_its_header_or_with_a_wrong_one_is_not_run",
    ],
    "a pooler in transaction mode": [
        f"{HERE}/test_pooler.py::test_a_connection_through_a_pooler_is_refused_before_any_row_is_read",
        f"{HERE}/test_pooler.py::test_without_the_check_transaction_pooling_would_lose_the_session",
    ],
    "with tenant: its stack is shared by all threads": [
        f"{HERE}/test_scope.py::test_a_hospital_is_no_context_manager_of_its_own",
        "architecture/test_source.py::test_no_forbidden_construct_stands_in_our_source",
    ],
    "the operators' accounts beside the hospital's": [
        f"{HERE}/test_backend.py::test_each_scope_sees_its_own_rows",
        f"{HERE}/test_backend.py::test_there_is_no_public_schema",
    ],
    # --- TENANCY 3: the fail-open cases
    "public as the name of a schema": [
        f"{HERE}/test_scope.py::test_a_name_that_is_no_schema_of_ours_is_refused_before_any_query",
    ],
    "a role that does not exist or may not be taken": [
        f"{HERE}/test_backend.py::test_a_hospital_whose_role_cannot_be_taken_is_an_error",
    ],
    "mixed requests in threads": [
        f"{HERE}/test_requests.py::test_1200_requests_of_8_threads_over_3_hospitals_show_no_wrong_row",
    ],
    "six threads that switch a hundred times": [
        f"{HERE}/test_backend.py::test_six_threads_that_switch_hospitals_never_read_a_wrong_row",
    ],
    "a pool of connections": [
        f"{HERE}/test_keys.py::test_settings_that_would_open_the_guard_stop_the_start",
    ],
    "an exception in the middle of a request, then another host": [
        f"{HERE}/test_requests.py::test_a_crashing_page_leaves_nothing_to_the_next_host",
        f"{HERE}/test_requests.py::test_a_page_that_asks_for_a_shared_table_gets_an_error_and_the_next_host_is_right",
    ],
    "an answer that streams": [
        f"{HERE}/test_requests.py::test_a_streamed_answer_is_its_own_hospitals_to_the_end",
        f"{HERE}/test_requests.py::test_a_streamed_answer_that_is_cut_off_cleans_up_in_its_own_hospital",
    ],
    "on_commit after the scope has ended": [
        f"{HERE}/test_backend.py::test_what_runs_after_commit_runs_in_the_hospital_that_asked_for_it",
        f"{HERE}/test_backend.py::test_what_runs_after_commit_and_was_asked_for_without_a_scope_is_refused",
    ],
    "a receiver of request_finished": [
        f"{HERE}/test_requests.py::test_a_receiver_of_request_finished_has_no_hospital",
    ],
    "a management command without a scope": [
        f"{HERE}/test_scope.py::test_a_command_of_djangos_own_reads_and_writes_nothing_without_a_scope",
    ],
    "a request that begins inside a scope": [
        f"{HERE}/test_requests.py::test_a_request_that_begins_inside_a_scope_is_refused",
    ],
    "a message that arrives inside a scope": [
        f"{HERE}/test_tasks.py::test_a_message_that_arrives_inside_a_scope_left_behind_is_not_run_for_it",
        f"{HERE}/test_tasks.py::test_after_a_task_also_one_that_failed_there_is_no_scope",
    ],
    "a thousand tasks on four workers, with faults": [
        f"{HERE}/test_tasks.py::test_1000_tasks_of_3_hospitals_on_4_workers_all_write_in_their_own_hospital",
    ],
    # --- TENANCY 3 and 1: the holes that wrapper and role do not close
    "an object read in one hospital and saved in another": [
        f"{HERE}/test_instances.py::test_an_object_read_in_one_hospital_is_refused_by_another",
        f"{HERE}/test_instances.py::test_no_sequence_of_reads_and_writes_moves_a_row_between_hospitals",
        f"{HERE}/test_instances.py::test_a_field_that_was_not_loaded_is_not_loaded_from_another_hospital",
    ],
    "a query made in one hospital and evaluated in another": [
        f"{HERE}/test_scope.py::test_a_query_is_asked_in_the_hospital_where_it_is_evaluated_and_finds_its_rows_only",
    ],
    "a cursor that outlives its scope": [
        f"{HERE}/test_backend.py::test_a_cursor_kept_for_later_is_refused_in_another_scope",
        f"{HERE}/test_backend.py::test_a_result_read_in_pieces_stops_when_its_scope_has_ended",
    ],
    "a generator that is suspended inside a scope": [
        f"{HERE}/test_scope.py::test_a_scope_inside_a_generator_is_refused",
        f"{HERE}/test_scope.py::test_a_scope_inside_a_generator_is_refused_also_through_an_exit_stack",
    ],
    "a deferred check that runs at commit under another role": [
        f"{HERE}/test_scope.py::test_the_scope_cannot_change_inside_a_transaction",
        f"{HERE}/test_scope.py::test_a_transaction_that_outlives_its_scope_is_refused_by_the_next_one",
    ],
    "ROLLBACK, DISCARD, RESET and a lost connection": [
        f"{HERE}/test_backend.py::test_a_raw_reset_of_the_session_is_seen_before_the_next_query",
        f"{HERE}/test_backend.py::test_a_lost_connection_is_made_again_in_the_right_scope",
        f"{HERE}/test_backend.py::test_a_role_that_was_reset_reads_nothing_at_all",
    ],
    "a rollback, also to a savepoint, and a broken transaction": [
        f"{HERE}/test_backend.py::test_after_a_rollback_the_next_hospital_sees_its_own",
        f"{HERE}/test_backend.py::test_after_a_rollback_to_a_savepoint_the_same_hospital_is_seen",
        f"{HERE}/test_backend.py::test_in_a_broken_transaction_nothing_is_answered",
    ],
    "django-tenants' own key function": [
        f"{HERE}/test_keys.py::test_there_is_no_key_without_a_scope",
        f"{HERE}/test_keys.py::test_neither_web_process_nor_worker_starts_with_an_open_guard",
    ],
    "the content of other sessions' queries": [
        f"{HERE}/test_backend.py::test_what_other_sessions_ask_is_hidden_from_a_hospital",
    ],
    "statements put together, and what we do not claim": [
        f"{HERE}/test_backend.py::test_a_stacked_statement_with_a_parameter_is_refused",
        f"{HERE}/test_backend.py::test_a_role_cannot_be_changed_inside_one_statement",
        f"{HERE}/test_backend.py::test_who_runs_statements_of_his_own_can_change_role_and_we_say_so",
    ],
    # --- SECURITY-REQUIREMENTS, measured
    "M1 a header that chooses the host, and its spelling": [
        f"{HERE}/test_requests.py::test_no_header_and_no_parameter_can_choose_another_hospital",
        f"{HERE}/test_requests.py::test_a_host_header_is_brought_into_the_form_of_the_domain_table",
    ],
    "M2 sessions and signatures of another hospital": [
        "isolation/test_routes.py::test_a_session_of_another_host_is_worth_nothing",
        "isolation/test_tokens.py::test_the_row_of_a_session_copied_to_another_hospital_opens_nothing",
        f"{HERE}/test_keys.py::test_what_one_hospital_signed_another_does_not_accept",
    ],
    "M3 the cache": [f"{HERE}/test_requests.py::test_what_one_host_cached_another_does_not_get"],
    "M4 the thread after a request, and a new thread": [
        f"{HERE}/test_requests.py::test_after_a_request_there_is_no_scope",
        f"{HERE}/test_scope.py::test_a_new_thread_has_no_scope",
    ],
    "M5 a transaction pooler under load": [
        f"{HERE}/test_pooler.py::test_a_connection_through_a_pooler_is_refused_before_any_row_is_read",
        f"{HERE}/test_requests.py::test_1200_requests_of_8_threads_over_3_hospitals_show_no_wrong_row",
    ],
    "M6 a role for each hospital": [
        f"{HERE}/test_backend.py::test_a_hospital_cannot_read_another_ones_schema_by_its_name",
        f"{HERE}/test_backend.py::test_a_hospital_cannot_read_another_one_through_a_leaked_search_path",
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_that_failed_open_has_its_test(case: str) -> None:
    for named in CASES[case]:
        file, name = named.split("::")
        text = (CHECKOUT / "tests" / file).read_text("utf-8")
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"the test is gone: {named}"
